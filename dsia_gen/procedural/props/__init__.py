"""Props of outdoor scenes: static objects that give parallax, texture and shadows."""
