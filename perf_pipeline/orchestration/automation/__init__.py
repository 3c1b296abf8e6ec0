"""What runs by itself: the quarter's run proposed, returns read in as they come, failures told.

    due           which quarter and which notice is due on a day
    arrivals      which files have arrived since the last look
    schedules     the quarter's run proposed, missing returns told
    sensors       arrived returns read in, failed runs told
    failures      which steps of a run failed, and why
    freshness     when the publication counts as fresh

`due` and `arrivals` decide, and know neither Dagster nor the clock; the others ask them.
"""
