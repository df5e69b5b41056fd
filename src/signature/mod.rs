//! A signature value apart from its document: SES_Signature, GB/T 35275, CMS.
