//! Where the store's secret comes from: a key file, a file, a descriptor, a variable, or a prompt. Never an argument.

use std::io::IsTerminal;

use crate::cli::args::{Global, Password};
use crate::cli::messages::Messages;
use crate::crypto::protect::ProtectionKind;
use crate::crypto::{RandomSource, SecretBytes};
use crate::files::{
    create_key_file, read_key_file, read_passphrase_descriptor, read_passphrase_file, read_passphrase_variable,
};
use crate::operations::{OperationError, Secret, Secrets};

/// The sources that the command line names.
pub(crate) struct CommandSecrets<'a> {
    pub(crate) global: &'a Global,
    pub(crate) messages: &'a Messages,
}

impl Secrets for CommandSecrets<'_> {
    fn existing(&self, needed: ProtectionKind) -> Result<Secret, OperationError> {
        // A key file outranks passphrases; the store refuses the kind that it does not know.
        if let Some(path) = &self.global.key_file {
            return Ok(Secret::KeyFile(read_key_file(path)?));
        }
        if needed == ProtectionKind::KeyFile {
            return Err(OperationError::KeyFileNeeded {});
        }
        match self.named()? {
            Some(passphrase) => Ok(Secret::Passphrase(passphrase)),
            None => Ok(Secret::Passphrase(self.prompt("prompt-passphrase")?)),
        }
    }

    fn fresh(&self, random: &dyn RandomSource) -> Result<Secret, OperationError> {
        if let Some(path) = &self.global.key_file {
            return Ok(Secret::KeyFile(create_key_file(path, random)?));
        }
        if let Some(passphrase) = self.named()? {
            return Ok(Secret::Passphrase(passphrase));
        }
        let first = self.prompt("prompt-new-passphrase")?;
        let second = self.prompt("prompt-again")?;
        if first.expose() != second.expose() {
            return Err(OperationError::PassphrasesDiffer {});
        }
        Ok(Secret::Passphrase(first))
    }

    fn pin(&self, token: &str) -> Result<SecretBytes, OperationError> {
        if let Some(path) = &self.global.pin_file {
            return Ok(read_passphrase_file(path)?);
        }
        if let Some(name) = &self.global.pin_env {
            return Ok(read_passphrase_variable(name)?);
        }
        let none = || OperationError::PinNeeded { uri: token.to_owned() };
        self.prompt("prompt-pin").map_err(|error| match error {
            OperationError::PassphraseNeeded {} => none(),
            other => other,
        })
    }

    fn withdraw(&self) {
        // Made a moment ago by `fresh`, which never takes a file that was there before.
        if let Some(path) = &self.global.key_file {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl CommandSecrets<'_> {
    /// A passphrase from what was named. The descriptor and the variable can only come from the command line itself, so
    /// they outrank the file, which may come from the environment.
    fn named(&self) -> Result<Option<SecretBytes>, OperationError> {
        let global = self.global;
        if let Some(number) = global.passphrase_fd {
            return Ok(Some(read_passphrase_descriptor(number)?));
        }
        if let Some(name) = &global.passphrase_env {
            return Ok(Some(read_passphrase_variable(name)?));
        }
        match &global.passphrase_file {
            Some(path) => Ok(Some(read_passphrase_file(path)?)),
            None => Ok(None),
        }
    }

    fn prompt(&self, id: &str) -> Result<SecretBytes, OperationError> {
        if !std::io::stdin().is_terminal() {
            return Err(OperationError::PassphraseNeeded {});
        }
        let question = format!("{} ", self.messages.word(id));
        let typed = rpassword::prompt_password(question).map_err(|_| OperationError::PassphraseNeeded {})?;
        if typed.is_empty() { Err(OperationError::SecretEmpty {}) } else { Ok(SecretBytes::new(typed.into_bytes())) }
    }
}

/// The password of a document or key file, where one was named.
pub(crate) fn password(source: &Password) -> Result<Option<SecretBytes>, OperationError> {
    if let Some(number) = source.password_fd {
        return Ok(Some(read_passphrase_descriptor(number)?));
    }
    if let Some(name) = &source.password_env {
        return Ok(Some(read_passphrase_variable(name)?));
    }
    match &source.password_file {
        // Samples and other people's files come with readable passwords: only the store's own secret must be private.
        Some(path) => {
            let mut bytes = crate::files::read_small(path, 4 << 10)?;
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            Ok(Some(SecretBytes::new(bytes)))
        }
        None => Ok(None),
    }
}
