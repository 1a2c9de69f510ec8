"""Filters in order of cost: each looks at one text of one scenario and says why it is not kept, or nothing."""
