def write_site():
    pass
