"""The nouns that every stage shares. They know no stage, open nothing and read no clock."""
