"""Networks, optimizers and files of other libraries.  Nothing here loads by itself."""
