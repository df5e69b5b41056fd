//! Arguments, prompts, printed text, exit status.
