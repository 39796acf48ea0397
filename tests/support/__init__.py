"""What several tests share: texts, servers, passes, and checks of what was published."""
