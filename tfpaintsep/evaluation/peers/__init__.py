"""What other methods make of the same input, one file each, to print beside a result."""
