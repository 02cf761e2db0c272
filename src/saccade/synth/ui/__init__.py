"""What drawn phones and rendered web pages share: labels, colours, icons, elements and the questions about them."""
