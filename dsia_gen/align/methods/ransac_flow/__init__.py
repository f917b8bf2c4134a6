"""RANSAC-Flow: homographies of deep features, then a fine flow with matchability, learned without labels."""
