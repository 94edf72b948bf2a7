"""How data leaves: frames and figures as the bytes of formats that others read."""
