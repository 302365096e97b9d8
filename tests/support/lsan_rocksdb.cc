// What RocksDB itself forgets when a new write-ahead log cannot be made: the memtable that was to
// go with it. Only our own leaks are of interest.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)

extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:rocksdb::DBImpl::SwitchMemtable\n";
}
