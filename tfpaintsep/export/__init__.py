"""SavedModels, one folder for each painting and version, as TF Serving wants them."""
