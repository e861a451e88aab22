"""Policy packs and their rules. Rules are pure functions in modules by area; a pack's main only lists them."""
