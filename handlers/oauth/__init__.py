"""Installing by OAuth: the two pages that a browser sees, and the tokens that Slack gives. No journey: nobody is in Slack yet."""
