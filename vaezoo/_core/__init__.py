"""What models and components are made with: recorded, checked constructors, and types."""
