Blog_weightsJùëÂ
žãÂä¯Â¸±Â–mòÂL²ÓÂ