Blog_weightsJ&Ä(–ÄJÄaöÄ@WÄ
bÄ