"""Tests of the benchmark registry."""
