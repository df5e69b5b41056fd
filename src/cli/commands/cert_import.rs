//! `eseal cert import`.

use crate::cli::Exit;
use crate::cli::args::CertImport;
use crate::cli::output::certificate_json;
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{ImportRequest, OperationError, TokenPlace, import_certificate};

pub(crate) fn run(args: &CertImport, session: &Session<'_>) -> Result<Exit, OperationError> {
    let request = ImportRequest {
        name: args.name.clone(),
        files: args.files.clone(),
        key: args.key.clone(),
        token: args.pkcs11.clone().zip(args.pkcs11_module.clone()).map(|(uri, module)| TokenPlace { uri, module }),
        password: password(&args.password)?,
    };
    let taken = import_certificate(&session.context(None), &request)?;
    session.confirm(
        || certificate_json(&taken),
        |m| m.say("done-cert-imported", &[("name", &taken.name), ("subject", &taken.subject)]),
    );
    Ok(Exit::Done)
}
