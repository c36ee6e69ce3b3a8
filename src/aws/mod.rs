//! What is known of AWS, whatever language the resources were written in.
