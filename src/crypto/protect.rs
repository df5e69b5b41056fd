//! Protection of secrets at rest: one master key for a store, under which everything secret is wrapped, and which is
//! itself wrapped under a passphrase or a key file.
//!
//! Wrapping is XChaCha20-Poly1305 with a random nonce of 24 bytes. Each purpose has its own sub-key, made from the master
//! key by HKDF-SHA-256 (RFC 5869). A passphrase is stretched by Argon2id (RFC 9106); the random bytes of a key file need
//! no stretching.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::crypto::{RandomSource, SecretBytes};

/// Length of the master key and of every sub-key.
const KEY: usize = 32;
/// Nonce of XChaCha20.
const NONCE: usize = 24;
/// Tag of Poly1305.
const TAG: usize = 16;
/// Salt of Argon2id and HKDF (RFC 9106 3.1 asks for 16 bytes).
const SALT: usize = 16;
/// First byte of what [`MasterKey::wrap`] makes.
const WRAP_VERSION: u8 = 1;
/// First bytes of a [`Protection`] record, version included.
const MAGIC: [u8; 8] = *b"ESEALPR\x01";

/// Cost of Argon2id for a new record: 64 MiB, three passes, one lane (RFC 9106 4, second recommended option).
const COST: Cost = Cost { memory_kib: 64 << 10, passes: 3, lanes: 1 };
/// Highest cost that a record may ask for, so that a planted record cannot use up the machine: 256 MiB, ten passes, four
/// lanes.
const MAX_COST: Cost = Cost { memory_kib: 256 << 10, passes: 10, lanes: 4 };

/// Why nothing was wrapped or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// The passphrase or key file is wrong, or the bytes were damaged: from outside the two cannot be told apart.
    #[error("wrong passphrase or key file, or damaged data")]
    WrongOrDamaged,
    /// A record that asks for more memory or time than is allowed.
    #[error("the record asks for {memory_kib} KiB and {passes} passes; at most 262144 KiB and 10 passes are allowed")]
    CostTooHigh {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
    },
    /// A key file that does not have 32 bytes.
    #[error("a key file has 32 bytes, this one {length}")]
    KeyFileLength {
        /// Its length in bytes.
        length: usize,
    },
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// No random bytes could be had.
    #[error("no random bytes")]
    Random,
    /// Not enough memory for stretching, or too many bytes to wrap.
    #[error("not enough memory")]
    Memory,
}

/// The key of a store; wiped on drop, never printed.
pub struct MasterKey(Zeroizing<[u8; KEY]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl MasterKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// [`ProtectError::Random`].
    pub fn generate(random: &dyn RandomSource) -> Result<Self, ProtectError> {
        let mut key = Zeroizing::new([0; KEY]);
        random.fill(key.as_mut()).map_err(|_| ProtectError::Random)?;
        Ok(MasterKey(key))
    }

    /// Wraps secret bytes. `associated` says what they are and to whom they belong; [`MasterKey::unwrap`] wants the
    /// same, so that records cannot be exchanged for each other.
    ///
    /// # Errors
    /// [`ProtectError::Random`].
    pub fn wrap(
        &self,
        secret: &SecretBytes,
        associated: &[u8],
        random: &dyn RandomSource,
    ) -> Result<Vec<u8>, ProtectError> {
        let key = self.sub_key(b"eseal wrap 1")?;
        let sealed = seal(&key, secret.expose(), associated, random)?;
        Ok([&[WRAP_VERSION], sealed.as_slice()].concat())
    }

    /// Opens what [`MasterKey::wrap`] made.
    ///
    /// # Errors
    /// [`ProtectError::WrongOrDamaged`].
    pub fn unwrap(&self, wrapped: &[u8], associated: &[u8]) -> Result<SecretBytes, ProtectError> {
        match wrapped.split_first() {
            Some((&WRAP_VERSION, sealed)) => {
                let key = self.sub_key(b"eseal wrap 1")?;
                open(&key, sealed, associated)
            }
            _ => Err(ProtectError::WrongOrDamaged),
        }
    }

    /// A message authentication key for one purpose, such as `audit trail`.
    ///
    /// # Errors
    /// None that can be caused from outside.
    pub fn mac(&self, purpose: &str) -> Result<Mac, ProtectError> {
        let key = self.sub_key(format!("eseal mac 1 {purpose}").as_bytes())?;
        Ok(Mac(hmac::Key::new(hmac::HMAC_SHA256, key.as_ref())))
    }

    /// The master key is uniform already: HKDF without salt separates the purposes (RFC 5869 3.1).
    fn sub_key(&self, purpose: &[u8]) -> Result<Zeroizing<[u8; KEY]>, ProtectError> {
        derive(&[], self.0.as_ref(), purpose)
    }
}

/// HMAC-SHA-256 under a sub-key of the master key (RFC 2104).
#[derive(Clone, Debug)]
pub struct Mac(hmac::Key);

/// A message is not the one that was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message authentication code does not fit")]
pub struct MacMismatch;

impl Mac {
    /// The code of a message.
    #[must_use]
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        out.iter_mut().zip(hmac::sign(&self.0, message).as_ref()).for_each(|(to, from)| *to = *from);
        out
    }

    /// Checks a code in constant time.
    ///
    /// # Errors
    /// [`MacMismatch`].
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), MacMismatch> {
        hmac::verify(&self.0, message, tag).map_err(|_| MacMismatch)
    }
}

/// What opens a [`Protection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectionKind {
    /// A passphrase, stretched by Argon2id.
    Passphrase,
    /// A file of 32 random bytes.
    KeyFile,
}

/// Cost of Argon2id (RFC 9106 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A master key wrapped under a passphrase or a key file.
///
/// As bytes, numbers big-endian: magic `ESEALPR`, version 1, kind (1 passphrase, 2 key file), memory in KiB, passes, lanes
/// (4 bytes each, zero for a key file), salt (16), nonce (24), wrapped key (32 + 16). All before the nonce is associated
/// data, so nothing of it can be changed unnoticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    kind: ProtectionKind,
    cost: Cost,
    salt: [u8; SALT],
    sealed: [u8; NONCE + KEY + TAG],
}

impl Protection {
    /// Wraps a master key under a passphrase. Takes 64 MiB of memory and some tenths of a second.
    ///
    /// # Errors
    /// [`ProtectError`].
    pub fn by_passphrase(
        master: &MasterKey,
        passphrase: &SecretBytes,
        random: &dyn RandomSource,
    ) -> Result<Self, ProtectError> {
        if passphrase.expose().is_empty() {
            return Err(ProtectError::EmptyPassphrase);
        }
        Protection::make(ProtectionKind::Passphrase, COST, master, passphrase, random)
    }

    /// Wraps a master key under the 32 random bytes of a key file.
    ///
    /// # Errors
    /// [`ProtectError`].
    pub fn by_key_file(master: &MasterKey, key: &SecretBytes, random: &dyn RandomSource) -> Result<Self, ProtectError> {
        let cost = Cost { memory_kib: 0, passes: 0, lanes: 0 };
        Protection::make(ProtectionKind::KeyFile, cost, master, key, random)
    }

    /// What opens it.
    #[must_use]
    pub fn kind(&self) -> ProtectionKind {
        self.kind
    }

    /// Opens it with the passphrase or the contents of the key file, whichever [`Protection::kind`] says.
    ///
    /// # Errors
    /// [`ProtectError::WrongOrDamaged`], or [`ProtectError::KeyFileLength`].
    pub fn open(&self, secret: &SecretBytes) -> Result<MasterKey, ProtectError> {
        let key = self.wrapping_key(secret)?;
        let master = open(&key, &self.sealed, &self.header())?;
        let master = <[u8; KEY]>::try_from(master.expose()).map_err(|_| ProtectError::WrongOrDamaged)?;
        Ok(MasterKey(Zeroizing::new(master)))
    }

    /// The record as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.header().as_slice(), &self.sealed].concat()
    }

    /// Reads a record. Cost above 256 MiB, ten passes or four lanes is refused before anything is computed.
    ///
    /// # Errors
    /// [`ProtectError::WrongOrDamaged`] or [`ProtectError::CostTooHigh`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProtectError> {
        Protection::parse(bytes).ok_or(ProtectError::WrongOrDamaged)?.bounded()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (kind, rest) = rest.split_first()?;
        let kind = match kind {
            1 => ProtectionKind::Passphrase,
            2 => ProtectionKind::KeyFile,
            _ => return None,
        };
        let (memory_kib, rest) = rest.split_first_chunk::<4>()?;
        let (passes, rest) = rest.split_first_chunk::<4>()?;
        let (lanes, rest) = rest.split_first_chunk::<4>()?;
        let (salt, rest) = rest.split_first_chunk::<SALT>()?;
        let cost = Cost {
            memory_kib: u32::from_be_bytes(*memory_kib),
            passes: u32::from_be_bytes(*passes),
            lanes: u32::from_be_bytes(*lanes),
        };
        Some(Protection { kind, cost, salt: *salt, sealed: rest.try_into().ok()? })
    }

    fn bounded(self) -> Result<Self, ProtectError> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        if memory_kib > MAX_COST.memory_kib || passes > MAX_COST.passes || lanes > MAX_COST.lanes {
            return Err(ProtectError::CostTooHigh { memory_kib, passes });
        }
        Ok(self)
    }

    fn make(
        kind: ProtectionKind,
        cost: Cost,
        master: &MasterKey,
        secret: &SecretBytes,
        random: &dyn RandomSource,
    ) -> Result<Self, ProtectError> {
        let mut salt = [0; SALT];
        random.fill(&mut salt).map_err(|_| ProtectError::Random)?;
        let mut record = Protection { kind, cost, salt, sealed: [0; NONCE + KEY + TAG] };
        let key = record.wrapping_key(secret)?;
        let sealed = seal(&key, master.0.as_ref(), &record.header(), random)?;
        record.sealed = sealed.try_into().map_err(|_| ProtectError::Memory)?;
        Ok(record)
    }

    fn header(&self) -> Vec<u8> {
        let kind = match self.kind {
            ProtectionKind::Passphrase => 1,
            ProtectionKind::KeyFile => 2,
        };
        let Cost { memory_kib, passes, lanes } = self.cost;
        let numbers = [memory_kib, passes, lanes].map(u32::to_be_bytes).concat();
        [&MAGIC, &[kind][..], &numbers, &self.salt].concat()
    }

    fn wrapping_key(&self, secret: &SecretBytes) -> Result<Zeroizing<[u8; KEY]>, ProtectError> {
        let secret = secret.expose();
        if self.kind == ProtectionKind::KeyFile {
            if secret.len() != KEY {
                return Err(ProtectError::KeyFileLength { length: secret.len() });
            }
            return derive(&self.salt, secret, b"eseal key file 1");
        }
        let Cost { memory_kib, passes, lanes } = self.cost;
        // Parameters below the least of RFC 9106 3.1 can only come from damage.
        let params = argon2::Params::new(memory_kib, passes, lanes, Some(KEY));
        let params = params.map_err(|_| ProtectError::WrongOrDamaged)?;
        let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let mut key = Zeroizing::new([0; KEY]);
        argon2.hash_password_into(secret, &self.salt, key.as_mut()).map_err(|_| ProtectError::Memory)?;
        Ok(key)
    }
}

/// HKDF-SHA-256, extract and expand (RFC 5869 2).
fn derive(salt: &[u8], secret: &[u8], purpose: &[u8]) -> Result<Zeroizing<[u8; KEY]>, ProtectError> {
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let purpose = [purpose];
    let mut key = Zeroizing::new([0; KEY]);
    // Expanding fails only for more than 255 blocks; this is one.
    let expanded = extracted.expand(&purpose, hkdf::HKDF_SHA256).map_err(|_| ProtectError::Memory)?;
    expanded.fill(key.as_mut()).map_err(|_| ProtectError::Memory)?;
    Ok(key)
}

/// Nonce and ciphertext. A random nonce of 24 bytes does not repeat in practice.
fn seal(key: &[u8; KEY], plain: &[u8], aad: &[u8], random: &dyn RandomSource) -> Result<Vec<u8>, ProtectError> {
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce).map_err(|_| ProtectError::Random)?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad });
    Ok([nonce.as_slice(), &sealed.map_err(|_| ProtectError::Memory)?].concat())
}

fn open(key: &[u8; KEY], sealed: &[u8], aad: &[u8]) -> Result<SecretBytes, ProtectError> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE>().ok_or(ProtectError::WrongOrDamaged)?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let plain = cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad });
    plain.map(SecretBytes::new).map_err(|_| ProtectError::WrongOrDamaged)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use crate::crypto::protect::{MAX_COST, MasterKey, ProtectError, Protection, ProtectionKind};
    use crate::crypto::{DigestAlgorithm, RandomSource, SecretBytes};

    struct Counting(Mutex<u64>);

    impl RandomSource for Counting {
        fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
            for piece in buffer.chunks_mut(32) {
                let mut count = self.0.lock().unwrap();
                *count += 1;
                let bytes = DigestAlgorithm::Sha256.digest(&count.to_le_bytes());
                piece.copy_from_slice(&bytes.as_bytes()[..piece.len()]);
            }
            Ok(())
        }
    }

    struct Broken;

    impl RandomSource for Broken {
        fn fill(&self, _: &mut [u8]) -> std::io::Result<()> {
            Err(std::io::Error::other("no entropy"))
        }
    }

    fn secret(bytes: &[u8]) -> SecretBytes {
        SecretBytes::new(bytes.to_vec())
    }

    #[test]
    fn wrapped_bytes_come_back_and_only_whole() {
        let random = Counting(Mutex::new(0));
        let master = MasterKey::generate(&random).unwrap();
        let wrapped = master.wrap(&secret(b"a private key"), b"key 7", &random).unwrap();
        assert_eq!(master.unwrap(&wrapped, b"key 7").unwrap().expose(), b"a private key");
        assert_eq!(master.unwrap(&wrapped, b"key 8").unwrap_err(), ProtectError::WrongOrDamaged);
        for at in 0..wrapped.len() {
            let mut damaged = wrapped.clone();
            damaged[at] ^= 1;
            assert!(master.unwrap(&damaged, b"key 7").is_err(), "{at}");
            assert!(master.unwrap(&wrapped[..at], b"key 7").is_err(), "{at}");
        }
        let again = master.wrap(&secret(b"a private key"), b"key 7", &random).unwrap();
        assert_ne!(again, wrapped);
        let other = MasterKey::generate(&random).unwrap();
        assert!(other.unwrap(&wrapped, b"key 7").is_err());
    }

    #[test]
    fn a_key_file_opens_its_record_alone() {
        let random = Counting(Mutex::new(0));
        let master = MasterKey::generate(&random).unwrap();
        let record = Protection::by_key_file(&master, &secret(&[7; 32]), &random).unwrap();
        let bytes = record.to_bytes();
        let read = Protection::from_bytes(&bytes).unwrap();
        assert_eq!((read.kind(), &read), (ProtectionKind::KeyFile, &record));
        assert_eq!(read.open(&secret(&[7; 32])).unwrap().0, master.0);
        assert_eq!(read.open(&secret(&[8; 32])).unwrap_err(), ProtectError::WrongOrDamaged);
        assert_eq!(read.open(&secret(&[7; 31])).unwrap_err(), ProtectError::KeyFileLength { length: 31 });
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            // A record turned into one for a passphrase asks for no memory at all, which Argon2 refuses.
            let opened = Protection::from_bytes(&damaged).and_then(|record| record.open(&secret(&[7; 32])));
            assert!(opened.is_err(), "{at}");
            assert!(Protection::from_bytes(&bytes[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn a_passphrase_opens_its_record_alone() {
        let random = Counting(Mutex::new(0));
        let master = MasterKey::generate(&random).unwrap();
        let record = Protection::by_passphrase(&master, &secret("口令".as_bytes()), &random).unwrap();
        let read = Protection::from_bytes(&record.to_bytes()).unwrap();
        assert_eq!(read.kind(), ProtectionKind::Passphrase);
        assert_eq!(read.open(&secret("口令".as_bytes())).unwrap().0, master.0);
        assert_eq!(read.open(&secret(b"wrong")).unwrap_err(), ProtectError::WrongOrDamaged);
        let empty = Protection::by_passphrase(&master, &secret(b""), &random);
        assert_eq!(empty.unwrap_err(), ProtectError::EmptyPassphrase);
    }

    #[test]
    fn a_planted_cost_is_refused() {
        let random = Counting(Mutex::new(0));
        let master = MasterKey::generate(&random).unwrap();
        let mut bytes = Protection::by_key_file(&master, &secret(&[7; 32]), &random).unwrap().to_bytes();
        bytes[8] = 1;
        bytes[9..13].copy_from_slice(&(MAX_COST.memory_kib + 1).to_be_bytes());
        assert!(matches!(Protection::from_bytes(&bytes), Err(ProtectError::CostTooHigh { .. })));
        bytes[9..13].copy_from_slice(&8_u32.to_be_bytes());
        bytes[13..17].copy_from_slice(&11_u32.to_be_bytes());
        assert!(matches!(Protection::from_bytes(&bytes), Err(ProtectError::CostTooHigh { .. })));
    }

    #[test]
    fn each_purpose_has_its_own_code() {
        let random = Counting(Mutex::new(0));
        let master = MasterKey::generate(&random).unwrap();
        let (audit, other) = (master.mac("audit trail").unwrap(), master.mac("other").unwrap());
        let tag = audit.tag(b"entry");
        assert_eq!(audit.verify(b"entry", &tag), Ok(()));
        assert!(audit.verify(b"entrY", &tag).is_err());
        assert!(audit.verify(b"entry", &tag[..31]).is_err());
        assert!(other.verify(b"entry", &tag).is_err());
    }

    #[test]
    fn without_random_bytes_nothing_is_made() {
        assert_eq!(MasterKey::generate(&Broken).unwrap_err(), ProtectError::Random);
        let master = MasterKey::generate(&Counting(Mutex::new(0))).unwrap();
        assert_eq!(master.wrap(&secret(b"x"), b"", &Broken), Err(ProtectError::Random));
    }
}
