"""Plain, closed types for what enters, leaves and is stored. They import nothing of ours."""
