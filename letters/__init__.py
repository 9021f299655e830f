"""Letters: what people are told, in their language and on the channels they chose."""
