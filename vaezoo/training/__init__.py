"""Recipe -> trained model: `recipe.load_recipe`, `run.train`."""
