"""Text to plan to SQL; pure, no input or output."""
