//! OFD as a format (GB/T 33190-2016): documents, pages, signatures, update.
