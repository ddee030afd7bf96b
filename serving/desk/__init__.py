"""The desk: casework for the console and for programs. Values in, values out; the routes stand in the console."""
