"""What a form's strings mean: WTForms that give frozen commands, and ask the database nothing."""
