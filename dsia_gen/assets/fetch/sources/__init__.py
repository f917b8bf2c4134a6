"""The built-in sources of assets; `asset_source.FETCH_SOURCES` lists them."""
