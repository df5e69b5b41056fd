//! A key behind a PKCS#11 module, through the crate `cryptoki`.

use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;

use crate::crypto::{DigestAlgorithm, PublicKey, SecretBytes, SignError, SignatureAlgorithm, SignatureBytes, Signer};
use crate::store::{TokenError, TokenRecord, TokenUri};

/// A private key that stays on its token, and the session in which its user is logged in.
pub(in crate::store) struct Pkcs11Key {
    public: PublicKey,
    algorithm: SignatureAlgorithm,
    session: Mutex<Session>,
    key: ObjectHandle,
    sm2_mechanism: Option<u64>,
}

impl Pkcs11Key {
    pub(in crate::store) fn open<E: From<TokenError>>(
        record: &TokenRecord,
        public: &PublicKey,
        pin: impl FnOnce() -> Result<SecretBytes, E>,
    ) -> Result<Self, E> {
        let uri = TokenUri::parse(&record.uri).map_err(TokenError::from)?;
        let module = start(record)?;
        let slot = find_token(&module, &uri)?;
        let info = module.get_token_info(slot).map_err(fault)?;
        let session = module.open_ro_session(slot).map_err(fault)?;
        if info.protected_authentication_path() {
            // The reader has keys of its own for the PIN (PKCS#11 5.6.8).
            login(session.login(UserType::User, None))?;
        } else if info.login_required() {
            let pin = RawAuthPin::new(Box::new(pin()?.expose().to_vec()));
            login(session.login_with_raw(UserType::User, &pin))?;
        }
        let key = find_key(&session, &uri)?;
        let algorithm = public.default_algorithm();
        Ok(Pkcs11Key {
            public: public.clone(),
            algorithm,
            session: Mutex::new(session),
            key,
            sm2_mechanism: uri.sm2_mechanism,
        })
    }

    /// The value as the token makes it, in the form that this program uses.
    fn raw_sign(&self, message: &[u8]) -> Result<Option<SignatureBytes>, SignError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let sign = |mechanism: &Mechanism<'_>, data: &[u8]| {
            session.sign(mechanism, self.key, data).map_err(|_| SignError::Device)
        };
        match self.algorithm {
            // CKM_ECDSA signs a digest and gives r || s (PKCS#11 6.3.12).
            SignatureAlgorithm::Ecdsa(digest) => {
                let value = sign(&Mechanism::Ecdsa, digest.digest(message).as_bytes())?;
                Ok(SignatureBytes::from_pair(&value))
            }
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256) => {
                Ok(Some(SignatureBytes::new(sign(&Mechanism::Sha256RsaPkcs, message)?)))
            }
            // PKCS#11 has no SM2: makers number a mechanism of their own, which signs the digest with Z before it and
            // gives r || s or its DER. Not tried with any token.
            SignatureAlgorithm::Sm2Sm3 => {
                let number = self.sm2_mechanism.ok_or(SignError::Algorithm)?;
                let kind = MechanismType::new_vendor_defined(number).map_err(|_| SignError::Algorithm)?;
                let mechanism = Mechanism::VendorDefined(VendorDefinedMechanism::new::<()>(kind, None));
                let digest = self.public.z_prefixed_digest(message).ok_or(SignError::Failed)?;
                let value = sign(&mechanism, digest.as_bytes())?;
                Ok(Some(SignatureBytes::from_raw(&value).unwrap_or_else(|| SignatureBytes::new(value))))
            }
            _ => Err(SignError::Algorithm),
        }
    }
}

impl Signer for Pkcs11Key {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, SignError> {
        let value = self.raw_sign(message)?.ok_or(SignError::Device)?;
        self.public.verify(self.algorithm, message, &value).map_err(|_| SignError::SelfCheck)?;
        Ok(value)
    }
}

/// Loads the module and starts it, once for each process.
fn start(record: &TokenRecord) -> Result<Pkcs11, TokenError> {
    let failed = |fault: Error| TokenError::Module { module: record.module.clone(), fault: fault.to_string() };
    let module = Pkcs11::new(&record.module).map_err(failed)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(fault) => Err(failed(fault)),
    }
}

fn find_token(module: &Pkcs11, uri: &TokenUri) -> Result<Slot, TokenError> {
    let mut found = Vec::new();
    for slot in module.get_slots_with_token().map_err(fault)? {
        // A slot whose token cannot be asked is not the one.
        let Ok(info) = module.get_token_info(slot) else { continue };
        // Fields are padded with spaces (PKCS#11 3.2).
        let fits = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is.trim_end());
        if info.token_initialized()
            && fits(&uri.token, info.label())
            && fits(&uri.serial, info.serial_number())
            && fits(&uri.model, info.model())
            && fits(&uri.manufacturer, info.manufacturer_id())
        {
            found.push(slot);
        }
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        other => Err(TokenError::Token { count: other.len() }),
    }
}

fn find_key(session: &Session, uri: &TokenUri) -> Result<ObjectHandle, TokenError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    template.extend(uri.object.iter().map(|label| Attribute::Label(label.clone().into_bytes())));
    template.extend(uri.id.iter().map(|id| Attribute::Id(id.clone())));
    match session.find_objects(&template).map_err(fault)?.as_slice() {
        [key] => Ok(*key),
        other => Err(TokenError::Key { count: other.len() }),
    }
}

fn login(result: Result<(), Error>) -> Result<(), TokenError> {
    match result {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(error) => Err(fault(error)),
    }
}

fn fault(error: Error) -> TokenError {
    match error {
        Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => TokenError::PinWrong,
        Error::Pkcs11(RvError::PinLocked | RvError::PinExpired | RvError::UserPinNotInitialized, _) => {
            TokenError::PinLocked
        }
        Error::Pkcs11(
            RvError::TokenNotPresent | RvError::DeviceRemoved | RvError::TokenNotRecognized | RvError::SlotIdInvalid,
            _,
        ) => TokenError::Token { count: 0 },
        other => TokenError::Fault { fault: other.to_string() },
    }
}
