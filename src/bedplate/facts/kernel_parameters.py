"""The names of kernel parameters: which words of a command line the kernel may know, and what a typo was meant for.

Names are those that Documentation/admin-guide/kernel-parameters.txt of Linux 6.1 and 6.12 lists and that the sources of
6.12 declare with __setup(), early_param() and core_param(), without those of modules.  A kernel knows only those that
it was built with, and may know others: its log says (see parse/kernel_log.py), this table only helps.
"""

from __future__ import annotations

from functools import cache

_OFF = ("0", "off", "disable", "disabled", "never", "n", "N", "no")

# A shorter name is one letter away from too many words.
_SHORTEST = 5

# Names that rules of this package look at, and their kin: a word that is nearly one of these is most likely a typo.
_FIELD = """
isolcpus nohz_full rcu_nocbs rcu_nocb_poll irqaffinity nohz skew_tick threadirqs preempt idle maxcpus nr_cpus
possible_cpus nosmp nosmt mitigations clocksource tsc notsc nohpet noapic nolapic nox2apic acpi acpi_irq_nobalance
pci pcie_aspm iommu intel_iommu amd_iommu vdso nopat numa numa_balancing movable_node movablecore kernelcore
hashdist hugepages hugepagesz default_hugepagesz hugetlb_cma hugetlb_free_vmemmap transparent_hugepage nogbpages cma
intel_pstate amd_pstate nowatchdog nmi_watchdog nosoftlockup watchdog_thresh softlockup_panic panic mce nomce audit
psi noautogroup schedstats delayacct init_on_alloc init_on_free swiotlb kpti nopti spectre_v2 mds tsx
split_lock_detect randomize_kstack_offset vsyscall crashkernel cgroup_disable cgroup_no_v1 module_blacklist
rcupdate.rcu_normal_after_boot rcupdate.rcu_normal rcupdate.rcu_expedited rcutree.kthread_prio
rcutree.nocb_nobypass_lim_per_jiffy rcutree.enable_rcu_lazy workqueue.unbound_cpus workqueue.power_efficient
intel_idle.max_cstate processor.max_cstate cpuidle.off cpuidle.governor cpufreq.default_governor
"""

_NAMES = """
accept_memory acpi acpi_apic_instance acpi_backlight acpi_enforce_resources acpi_force_32bit_fadt_addr
acpi_force_table_verification acpi_irq_balance acpi_irq_isa acpi_irq_nobalance acpi_irq_pci acpi_mask_gpe
acpi_no_auto_serialize acpi_no_memhotplug acpi_no_static_ssdt acpi_no_watchdog acpi_os_name acpi_osi acpi_pm_good
acpi_rev_override acpi_rsdp acpi_sci acpi_skip_timer_override acpi_sleep acpi_use_timer_override
acpica_no_return_repair adb_sync add_efi_memmap agp aha152x aic79xx aic7xxx align_va_addr alignment alloc_mptable
alloc_snapshot allow_mismatched_32bit_el0 amd_iommu amd_iommu_dump amd_iommu_intr amd_prefcore amd_pstate aoe_iflist
apc apic apic_extnmi apicpmtimer apm apparmor arcrimi ataflop atarimouse atascsi audit audit_backlog_limit autoconf
bau baycom_epp baycom_par baycom_ser_fdx baycom_ser_hdx bdev_allow_write_mounted bert_disable bgrt_disable
blkdevparts boot_delay bootconfig bulk_remove BusLogic c101 ca_keys cachepolicy cachesize carrier_timeout cca
ccw_timeout_log cfi cgroup_debug cgroup_disable cgroup_favordynmods cgroup_no_v1 char checkreqprot cifsroot
cio_ignore clearcpuid clk_ignore_unused clock clocksource cma cma_pernuma cmo_free_hint coherent_pool coherentio
com20020 com90io com90xx con con3215_drop condev config7 conmode console console_msg_format consoleblank
coredump_filter cpcihp_generic cpu0_hotplug cpu_init_udelay cpum_sfb_size crash_kexec_post_notifiers crashkernel
cs89x0_dma cs89x0_media csdlock_debug dasd debug debug_alternative debug_boot_weak_hash debug_callthunks
debug_guardpage_minorder debug_locks_verbose debug_non_panic_cpus debug_objects debug_pagealloc debugfs debugpat
default_hugepagesz deferred_probe_timeout delayacct dfltcc dhash_entries dhcpclass dis_ucode_ldr disable
disable_1tb_segments disable_cpu_apicid disable_ddw disable_ipv6 disable_mtrr_cleanup disable_mtrr_trim
disable_radix disable_timer_pin_1 disable_tlbie disableapic dma_debug dma_debug_driver dma_debug_entries
driver_async_probe dt_cpu_ftrs dump_apple_properties dyndbg early_ioremap_debug early_page_ext earlycon earlyprintk
ecc edac_report edd eeh efi efi_fake_mem efi_no_storage_paranoia efivar_ssdt eisa_irq_edge ekgdboc elanfreq elevator
elfcorehdr enable_mtrr_cleanup enable_timer_pin_1 enforcing epoch erst_disable eth ether evm fadump
fadump_reserve_mem fail_futex fail_io_timeout fail_iommu fail_make_request fail_page_alloc fail_usercopy failslab
fake_ide fas216_logging fb_tunnels fbcon floppy force_pal_cache_flush forcepae fpaff fpe fred ftrace
ftrace_boot_snapshot ftrace_dump_on_oops ftrace_filter ftrace_graph_filter ftrace_graph_max_depth
ftrace_graph_notrace ftrace_notrace fw_devlink gamma gart_fix_e820 gather_data_sampling gbpages gcov_persist
goldfish gpt hardened_usercopy hardlockup_all_cpu_backtrace hashdist hcheck_dump_tasks hcheck_margin hcheck_reboot
hcheck_tick hcl hest_disable hibernate highmem highres hlt hostname hpet hpet_mmap hugepages hugepagesz hugetlb_cma
hugetlb_free_vmemmap hung_task_panic hv_nopvspin hvc_iucv hvc_iucv_allow hvirq i2c_bus i2c_touchscreen_props i810
ia32_emulation ibt icn idle ieee754 ignore_loglevel ignore_rlimit_data ihash_entries ima_appraise ima_appraise_tcb
ima_canonical_fmt ima_hash ima_policy ima_tcb ima_template ima_template_fmt indirect_target_selection init
init_on_alloc init_on_free init_pkru initcall_blacklist initcall_debug initramfs_async initramfs_options initrd
initrdmem int_pln_enable integrity_audit intel_iommu intel_pstate intremap io7 io_delay iomem iommu iommu_fixed
ipcmni_extend ips irqaffinity irqfixup irqpoll irqtime isapnp isolcpus itcbase iucv ivrs_acpihid ivrs_hpet
ivrs_ioapic kasan kasan_multi_shot keep_bootcon keepinitrd kernelcore kgdbcon kgdbdbgp kgdboc kgdboc_earlycon kgdbts
kgdbwait kmac kmemleak kprobe_event kpti kstack kunit_shutdown kvm_cma_resv_ratio l1d_flush l1tf l2cr l3cr lapic
lapic_timer_c2_ok load_ramdisk lockdown log_buf_len loglevel lpj lsm lsmsi ltpc mac5380 machtype machvec max_addr
max_loop maxcpus maxtcs maxvpes mce mconsole mdacon mds mem mem_encrypt mem_sleep_default memblock memchunk
memhp_default_state memmap memory_corruption_check memory_corruption_check_period memory_corruption_check_size
memtest mfgpt_irq mfgptfix mga mhash_entries min_addr mini2440 mipsr2emu mitigations mminit_loglevel mmio_stale_data
module_blacklist movable_node movablecore mphash_entries mtdparts mtdset mtrr mtrr_chunk_size mtrr_gran_size
mtrr_spare_reg_nr multitce nblsu ncr53c8xx netconsole netdev nfsaddrs nfsroot nfsrootdebug nmi_debug nmi_watchdog
no387 no4lvl no5lvl no_alternatives no_console_suspend no_debug_objects no_entry_flush no_file_caps no_hash_pointers
no_ipi_broadcast no_kvmapf no_kvmclock no_kvmclock_vsyscall no_rfi_flush no_scroll no_steal_acc no_stf_barrier
no_timer_check no_uaccess_flush no_vmw_sched_clock noaliencache noalign noaltinstr noapic noapictimer noautogroup
nobp nocache nocoherentio nodebugmon nodsp noefi noexec noexec32 nofpu nofsgsbase noftlb nofxsr nogreybus nohalt
nohibernate nohlt nohpet nohtw nohugeiomap nohugevmalloc nohz nohz_full noinitrd nointremap nointroute noinvpcid
noiotrap noirqdebug noirqdistrib noisapnp nojitter nokaslr nokgdbroundup nol1par nol2par nolapic nolapic_timer nomca
nomce nomfgpt nomodeset nomodule nonmi_ipi nopat nopcid nopfault nopku nopti nopv nopvspin norandmaps noreplace_smp
noresume nosbagart nosgx nosmap nosmep nosmp nosmt nosoftlockup nospec nospec_store_bypass_disable nospectre_bhb
nospectre_v1 nospectre_v2 nosync notsc noulri novmcoredd nowait nowatchdog nowb nox2apic noxpa noxsave noxsaveopt
noxsaves nps_mtm_hs_ctr nptcg nr_cpus nr_uarts ntlb ntp_tick_adj numa numa_balancing numa_cma numa_zonelist_order
of_debug ofpci_debug ohci1394_dma olpc_ec_timeout omap_mux oops page_owner page_poison page_table_check panic
panic_on_taint panic_on_warn panic_print parport parport_init_mode pause_on_oops pcbit pci pci_slot_ignore pcie_aspm
pcie_pme pcie_port_pm pcie_ports pcmv pd_ignore_unused pdcchassis percpu_alloc pirq plip pm_debug_messages pmb pmtmr
pmu_override pnp_reserve_dma pnp_reserve_io pnp_reserve_irq pnp_reserve_mem pnpacpi pnpbios ports possible_cpus
powersave ppc_pci_reset_phbs ppc_strict_facility_enable ppc_tm preempt print_fatal_signals profile prompt_ramdisk
prot_virt ps3fb ps3flash psi pti qla1280 quiet r128 radix_hcall_invalidate raid ramdisk_size ramdisk_start
randomize_kstack_offset ras raw_show_trace rcu_nocb_poll rcu_nocbs rd_size rd_start rdhwr_noopt rdinit rdrand rdt
reboot reg_file_data_sampling regulator_ignore_unused relax_domain_level resched_latency_warn_ms reserve reserve_mem
reservetop reset_devices resume resume_offset resumedelay resumewait retain_initrd retbleed rhash_entries ring3mwait
riscv_isa_fallback rodata root rootdelay rootflags rootfstype rootwait rproc_mem rpsctl rtasmsgs s390_iommu
s390_iommu_aperture sa1100ir sched_thermal_decay_shift sched_verbose schedstats sclp_con_drop sclp_con_pages
security selinux serialnumber sev sh_mv shapers show_lapic sim710 simeth simscsi skew_tick slab_debug slab_max_order
slab_merge slab_min_objects slab_min_order slab_nomerge slram slub_debug slub_max_order slub_merge slub_min_objects
slub_min_order slub_nomerge smart2 smt smt_enabled smt_snooze_delay softlockup_all_cpu_backtrace softlockup_panic
spec_rstack_overflow spec_store_bypass_disable spectre_bhi spectre_v2 spectre_v2_user spia_fio_base spia_io_base
spia_peddr spia_pedr spin_retry split_lock_detect srbds ssbd ssl ssl_non_raw stack_depot_disable stack_guard_gap
stacktrace stacktrace_filter stderr sti sti_font stifb stmmaceth stp stress_hpt stress_slb strict_sas_size
surveillance svm swapaccount swiotlb switches sxgbeeth sysrq_always_enabled tcpmhash_entries tdfx test_suspend
thash_entries thp_anon thread_backlog_napi threadirqs time_travel time_travel_start TOMOYO_loader TOMOYO_trigger
topology topology_updates tp720 tp_printk tp_printk_stop_on_boot tpm_suspend_pcr trace_buf_size trace_clock
trace_event trace_instance trace_options trace_trigger traceoff_on_warning tracing_thresh transparent_hugepage tsa
tsc tsc_early_khz tsx tsx_async_abort ubd udb udbg_immortal uhash_entries unknown_nmi_panic unwind_debug
update_mptable user_debug userpte uv_memblksize uvrtcevt vdso vdso32 vec vector vga video vm_debug vmalloc vmcp_cma
vmhalt vmpanic vmpoff vmreboot vmscape vsyscall watchdog watchdog_thresh wd33c93 writecombine x2apic_phys
xen_512gb_limit xen_emul_unplug xen_legacy_crash xen_mc_debug xen_msr_safe xen_no_vector_callback xen_nopv
xen_nopvspin xen_scrub_pages xen_timer_slop xirc2ps_cs xive xmon
"""

# Words that programs of the early user space read from the command line; the kernel hands them on.  A name with a dot
# is for a module, for systemd or for dracut, and the kernel passes over it without a word.
_USER_SPACE = """
BOOT_IMAGE LANG auto autoinstall biosdevname boot bootdev bootif bridge ds emergency enforcing fastboot fips forcefsck
fsck.mode ifname initcall_debug inst ip kickstart ks ksdevice live live-media locale luks mount net.ifnames nomodeset
noplymouth nosplash ostree persistent plymouth quiet rd rescue rhgb root rootflags rootovl selinux single splash swap
systemd toram udev url vconsole vlan vt.handoff zfs
"""

# Parameters that may stand on the line several times, each time adding something (or taking turns with a neighbour).
_SEVERAL_TIMES = """
acpi_osi blacklist blkdevparts cma console crashkernel default_hugepagesz dyndbg earlycon earlyprintk ftrace_filter
fw_devlink hugepages hugepagesz initcall_blacklist initrd ip isolcpus ivrs_acpihid ivrs_hpet ivrs_ioapic kprobe_event
kunit memmap mem module_blacklist mtdparts netdev nohz_full pci reserve reserve_mem root rootflags slab_debug
slub_debug thp_anon trace_event trace_instance trace_trigger usbcore.quirks video
"""


@cache
def field_parameters() -> frozenset[str]:
    """Return the names that this package's rules are about, ``_`` for ``-``."""
    return frozenset(_FIELD.split())


@cache
def known_parameters() -> frozenset[str]:
    """Return the names that some kernel knows, ``_`` for ``-``; those of modules are not among them."""
    return frozenset(_NAMES.split()) | field_parameters()


@cache
def user_space_words() -> frozenset[str]:
    """Return names that are not for the kernel and known to be read by programs, ``_`` for ``-``."""
    return frozenset(_USER_SPACE.replace("-", "_").split())


@cache
def cumulative_parameters() -> frozenset[str]:
    """Return the names that may be repeated with other values."""
    return frozenset(_SEVERAL_TIMES.split())


def switches_off(name: str, value: str | None) -> bool:
    """Return whether a word takes something away: a kernel that lacks that does no less than was asked for."""
    return value in _OFF if value is not None else name.startswith("no")


def near_parameter(name: str) -> str | None:
    """Return the parameter of this field that an unknown name is nearly, None where it is like none.

    ``name`` is as the kernel compares it, with ``_`` for ``-``; upper and lower case differ (``ISOLCPUS`` is unknown).
    One letter in four may be wrong, three at most, or the case of any.
    """
    if len(name) < _SHORTEST or name in known_parameters() or name in user_space_words():
        return None
    lowered = name.lower()
    if lowered in field_parameters():
        return lowered
    limit = min(len(name) // 4, 3)
    candidates = (one for one in field_parameters() if len(one) >= _SHORTEST and abs(len(one) - len(name)) <= limit)
    near = min(((_changes(name, one), one) for one in sorted(candidates)), default=(limit + 1, ""))
    return near[1] if near[0] <= limit else None


def _changes(one: str, other: str) -> int:
    """Return how many letters must be put in, taken out or replaced to make one text of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for to, wanted in enumerate(other, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != wanted))
    return row[-1]
