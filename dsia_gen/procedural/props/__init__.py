"""Set dressing of outdoor scenes: what gives parallax, texture and shadows."""
