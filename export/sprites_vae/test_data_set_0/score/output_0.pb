Blog_weightsJЫ™EзлEцЙEеШEC?
EЩ
E