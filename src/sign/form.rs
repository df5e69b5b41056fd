//! Which form a signature takes: the one table of names for PDF dictionaries and containers.

use crate::crypto::SignatureAlgorithm;

/// Container asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContainerChoice {
    /// SES_Signature for seals with SM2 and for every seal in OFD; CMS for all else.
    #[default]
    Auto,
    /// SignedData; a seal then travels beside it inside the signed bytes (PDF).
    Cms,
    /// SES_Signature; needs a seal.
    Ses,
}

/// Container chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Cms,
    Ses,
}

/// /Filter and /SubFilter of a PDF signature dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) filter: &'static str,
    pub(crate) sub_filter: &'static str,
}

impl ContainerChoice {
    /// What a seal with this algorithm becomes in a PDF.
    pub(crate) fn for_pdf_seal(self, algorithm: SignatureAlgorithm) -> Container {
        match self {
            ContainerChoice::Ses => Container::Ses,
            ContainerChoice::Cms => Container::Cms,
            ContainerChoice::Auto if algorithm == SignatureAlgorithm::Sm2Sm3 => Container::Ses,
            ContainerChoice::Auto => Container::Cms,
        }
    }
}

/// The names in a PDF. Two independent makers use `<maker>.GMPkiLite` with these SubFilters, most likely those of GM/T
/// 0112-2021; P-256 and RSA are PAdES (ETSI EN 319 142-1 6.3).
pub(crate) fn names(container: Container, algorithm: SignatureAlgorithm) -> Names {
    match (container, algorithm) {
        (Container::Ses, _) => Names { filter: "ESeal.GMPkiLite", sub_filter: "GM.sm2seal" },
        (Container::Cms, SignatureAlgorithm::Sm2Sm3) => {
            Names { filter: "ESeal.GMPkiLite", sub_filter: "GM.sm2cms.detached" }
        }
        (Container::Cms, _) => Names { filter: "Adobe.PPKLite", sub_filter: "ETSI.CAdES.detached" },
    }
}
