enum APISeed {}
