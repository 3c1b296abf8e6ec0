"""A process that only imports what a run cannot do without: what starting costs at the least."""

import dagster
import pandas as pd
import pandera.pandas
import sqlalchemy

if __name__ == "__main__":
    print(dagster.__version__, pd.__version__, pandera.pandas.__name__, sqlalchemy.__version__)
