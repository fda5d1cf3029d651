"""What answers mean for the team: progress, disagreement, monitors, deadlines. From facts and the plan to events."""
