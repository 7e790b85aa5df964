"""Relief: friction detection, decisions and hand-over for support automation.

The package is the domain layer of the serverless bundle. Each subpackage is one stage of the turn
workflow; ``relief.contracts`` defines every shape that passes between them.
"""

__version__ = "0.1.0"
