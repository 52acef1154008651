"""Changing, cancelling and ending what customers are on, with the money of it told before."""
