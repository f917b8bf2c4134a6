"""What methods that match pixels share: warps, flows, correlation, splatting. One convention: pixel centres."""
