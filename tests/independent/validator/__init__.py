"""Compares one AWS answer, as it was on the wire, with botocore's model of it.

botocore's parser is lenient: it drops unknown members and accepts missing ones. This
package reads the raw status, headers and body instead, and reports every difference from the
model.
"""

from validator.answer import problems_of
from validator.witness import Observation, Witness

__all__ = ["Observation", "Witness", "problems_of"]
