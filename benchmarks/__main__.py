"""Time everything against its peers, and write the report: python -m benchmarks (needs torch)"""

from benchmarks import ngram_speed, recurrent_speed, speed_report

ngram_speed.main()
recurrent_speed.main()
speed_report.main()
