"""Whether what the site promises about bills is so: nothing of it is changed by looking."""
