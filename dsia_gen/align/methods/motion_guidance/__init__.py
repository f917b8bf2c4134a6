"""Motion Guidance: a diffusion prior whose sampling is steered until a flow network sees the motion that is wanted."""
