"""Holds one AWS answer, as it was on the wire, against botocore's own model of it.

botocore's parser is lenient: it drops members it does not know and lets absent ones pass. This
package reads the raw status, headers and body instead and names every place where they leave the
model.
"""

from validator.answer import problems_of
from validator.witness import Observation, Witness

__all__ = ["Observation", "Witness", "problems_of"]
