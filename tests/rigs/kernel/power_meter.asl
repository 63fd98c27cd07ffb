// An ACPI power meter (ACPI specification 6.5, section 10.4) whose firmware tells the mW that
// stand in a word of memory, which the guest's kernel leaves alone (memmap=) and
// guest/drive_meters.py writes.
DefinitionBlock ("", "SSDT", 2, "JOULE", "METER", 0x00000001)
{
  Scope (\_SB)
  {
    OperationRegion (TOLD, SystemMemory, 0x3E000000, 4)
    Field (TOLD, DWordAcc, NoLock, Preserve) { MWTS, 32 }
    Device (PMT0)
    {
      Name (_HID, "ACPI000D")
      Name (_UID, 0)
      // It measures (1), in mW (0), what it takes in (0), to 1 % (1000), every 100 ms,
      // averaged over 1 s at least and at most; no limits, no events.
      Method (_PMC, 0)
      {
        Return (Package ()
        {
          1, 0, 0, 1000, 100, 1000, 1000, 0, 0, 0, 0xFFFFFFFF, "Simulated", "0001", "Joulepath"
        })
      }
      Method (_PMM, 0) { Return (MWTS) }
      Method (_GAI, 0) { Return (1000) }
      Method (_PAI, 1) { Return (0) }
      Method (_PMD, 0) { Return (Package () {}) }
    }
  }
}
