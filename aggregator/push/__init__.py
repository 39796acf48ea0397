"""Push by WebSub (https://www.w3.org/TR/websub/): what the service and its web server share.

The web server is a process of its own, without the store: the service tells it in a file which
callbacks there are (``told``), and it hands over what hubs send in a folder of files (``spool``).
``schedule`` decides when a hub is asked, ``signature`` whether a delivery is its hub's.
"""
