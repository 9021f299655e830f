"""Other systems' exports, read row by row into deals with their true past; refused rows say why."""
