"""Published results made again, one module for each row of the table: python -m benchmarks.reproductions [row ...]"""
