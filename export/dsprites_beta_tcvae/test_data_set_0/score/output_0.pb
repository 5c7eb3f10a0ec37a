Blog_weightsJ
ÍÇ¬EÇ1p	Ç~ßÇV¿ÇÕpÇ