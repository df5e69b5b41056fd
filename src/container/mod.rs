//! ZIP packages, read strictly and written byte for byte.
