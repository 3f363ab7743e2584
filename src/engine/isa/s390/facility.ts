/**
 * The facilities that STFL and STFLE offer (Principles of Operation, chapter 4, "Facility indications").
 *
 * Invariant: no bit promises what is not there. A facility that consists of instructions is offered exactly
 * when the tables hold every instruction named here; one that is behaviour of the CPU says so with `tables:
 * ""`. Debian's kernels need 0 1 18 21 25 27 32 33 34 35; code for newer machines asks for 45 (z196), 49 52
 * (zEC12), 53 129 (z13), 58 (z14) and 61 (z15).
 */
import { instructionNamed } from "./instructions.ts";

export interface Facility {
  readonly bit: number;
  readonly name: string;
  /** Mnemonics that must be in the tables, separated by white space. */
  readonly tables: string;
}

const facility = (bit: number, name: string, tables = ""): Facility => ({ bit, name, tables });

export const facilities: readonly Facility[] = [
  facility(0, "N3 instructions"),
  facility(1, "z/Architecture installed"),
  facility(2, "z/Architecture active"),
  facility(3, "DAT enhancement 1", "idte cspg"),
  facility(4, "IDTE clears selectively by segment table", "idte"),
  facility(7, "store facility list extended", "stfle"),
  facility(8, "enhanced DAT 1", "pfmf"),
  facility(10, "conditional SSKE", "sske"),
  facility(13, "IPTE range", "ipte"),
  facility(14, "nonquiescing key setting"),
  facility(16, "extended translation 2", "clclu mvclu pka pku tp troo trot trto trtt unpka unpku"),
  facility(17, "message-security assist", "km kmac kmc kimd klmd"),
  facility(18, "long displacement", `
    ahy aly ay cdsy chy cliy cly clmy csy cvby cvdy cy icmy icy lamy lay lb ldy ley lgb lhy lmy lray ly
    msy mviy niy ny oiy oy shy sly stamy stcmy stcy stdy stey sthy stmy sty sy tmy xiy xy
  `),
  facility(19, "long displacement, high performance", "lay"),
  facility(20, "HFP multiply-add/subtract", "mad madr mae maer msd msdr mse mser"),
  facility(21, "extended immediate", `
    afi agfi alfi algfi cfi cgfi clfi clgfi flogr iihf iilf lbr lgbr lgfi lghr lhr llc llcr llgcr llghr
    llh llhr llihf llilf lt ltg nihf nilf oihf oilf slfi slgfi xihf xilf
  `),
  facility(22, "extended translation 3", "cu14 cu24 cu41 cu42 srstu trtr"),
  facility(23, "HFP unnormalized extension", "may mayh mayhr mayl maylr mayr my myh myhr myl mylr myr"),
  facility(24, "extended translation 2, enhancement", "troo trot trto trtt"),
  facility(25, "store clock fast", "stckf"),
  facility(26, "parsing enhancement", "trte trtre"),
  facility(27, "move with optional specifications", "mvcos"),
  facility(28, "TOD-clock steering", "ptff"),
  facility(30, "extended translation 3, enhancement", "cu12 cu14 cu21 cu24"),
  facility(31, "extract CPU time", "ectg"),
  facility(32, "compare and swap and store", "csst"),
  facility(33, "compare and swap and store 2", "csst"),
  facility(34, "general-instructions extension", `
    agsi algsi alsi asi cgh cghrl cghsi cgib cgij cgit cgrb cgrj cgrl cgrt chhsi chrl chsi cib cij cit
    clfhsi clfit clgfrl clghrl clghsi clgib clgij clgit clgrb clgrj clgrl clgrt clhhsi clhrl clib clij
    clrb clrj clrl clrt crb crj crl crt ecag laey lgfrl lghrl lgrl lhrl llgfrl llghrl llhrl lrl ltgf mfy
    mhy msfi msgfi mvghi mvhhi mvhi pfd pfdrl risbg rnsbg rosbg rxsbg stgrl sthrl strl
  `),
  facility(35, "execute extensions", "exrl"),
  facility(37, "floating-point extension", `
    celfbr cdlfbr cxlfbr celgbr cdlgbr cxlgbr clfebr clfdbr clfxbr clgebr clgdbr clgxbr cdlftr cxlftr
    cdlgtr cxlgtr clfdtr clfxtr clgdtr clgxtr cdftr cxftr cfdtr cfxtr srnmb
  `),
  facility(40, "set program parameters", "lpp"),
  facility(41, "floating-point-support enhancement", "cpsdr lcdfr ldgr lfas lgdr lndfr lpdfr sfasr srnmt"),
  facility(42, "decimal floating point", `
    adtra axtra cdgtra cdstr cdtr cdutr cedtr cextr cgdtra cgxtra csdtr csxtr cudtr cuxtr cxgtra cxstr cxtr
    cxutr ddtra dxtra eedtr eextr esdtr esxtr fidtr fixtr iedtr iextr kdtr kxtr ldetr ldxtr ledtr ltdtr
    ltxtr lxdtr mdtra mxtra qadtr qaxtr rrdtr rrxtr sdtra sldt slxt srdt srxt sxtra tdcdt tdcet tdcxt tdgdt
    tdget tdgxt
  `),
  facility(43, "decimal floating point, high performance", "adtra"),
  facility(44, "perform floating-point operation", "pfpo"),
  facility(45, "distinct operands, high word, interlocked access 1, on condition, population count", `
    agrk aghik ahik ahhhr ahhlr aih algrk alghsik alhhhr alhhlr alhsik alrk alsih alsihn ark brcth chf
    chhr chlr cih clhf clhhr clhlr clih laa laag laal laalg lan lang lao laog lax laxg lbh lfh lhh llch
    llhh loc locg locgr locr lpd lpdg ngrk nrk ogrk ork popcnt risbhg risblg sgrk shhhr shhlr slak slgrk
    slhhhr slhhlr sllk slrk srak srk srlk stch stfh sthh stoc stocg xgrk xrk
  `),
  facility(48, "DFP zoned conversion", "cdzt cxzt czdt czxt"),
  facility(
    49, "execution hint, load and trap, miscellaneous-instruction extensions 1, processor assist",
    "bprp clgt clt lat lfhat lgat llgfat llgtat niai ppa risbgn",
  ),
  facility(51, "local TLB clearing", "idte ipte"),
  facility(52, "interlocked access 2"),
  facility(
    53, "load/store on condition 2, load and zero rightmost byte",
    "llzrgf locfh locfhr locghi lochhi lochi lzrf lzrg stocfh",
  ),
  facility(57, "message-security assist, extension 5", "prno"),
  facility(58, "miscellaneous-instruction extensions 2", "agh bic mg mgh mgrk msc msgc msgrkc msrkc sgh"),
  facility(
    61, "miscellaneous-instruction extensions 3",
    "mvcrl ncgrk ncrk nngrk nnrk nogrk nork nxgrk nxrk ocgrk ocrk popcnt selfhr selgr selr",
  ),
  facility(66, "reset reference bits multiple", "rrbm"),
  facility(75, "access-exception fetch/store indication"),
  facility(80, "DFP packed conversion", "cdpt cpdt cpxt cxpt"),
  facility(129, "vector", `
    lcbb vl vst vlm vstm vlr vlrep vgef vgeg vgbm vgm vleb vleh vlef vleg vleib vlgv vllez vlbb vlvg vlvgp
    vll vmrh vmrl vpk vpks vpkls vperm vpdi vrep vrepi vscef vsceg vsel vseg vsteb vstl vuph vuplh vupl
    vupll va vacc vac vaccc vn vnc vavg vavgl vcksm vec vecl vceq vch vchl vclz vctz vx vgfm vgfma vlc vlp
    vmx vmxl vmn vmnl vmal vmah vmalh vmae vmale vmao vmalo vmh vmlh vml vme vmle vmo vmlo vno vo vpopct
    verllv verll verim veslv vesl vesrav vesra vesrlv vesrl vsl vslb vsldb vsra vsrab vsrl vsrlb vs vscbi
    vsbi vsbcbi vsumg vsumq vsum vtm vfae vfee vfene vistr vstrc vfa wfc wfk vfce vfch vfche vcfps vcfpl
    vcsfp vclfp vfd vfi vfll vflr vfm vfma vfms vfpso vfsq vfs vftci
  `),
  facility(134, "vector packed decimal", `
    vap vcp vcvb vcvbg vcvd vcvdg vdp vlip vlrl vlrlr vmp vmsp vpkz vpsop vrp vsdp vsp vsrp vstrl vstrlr
    vtp vupkz
  `),
  facility(135, "vector enhancements 1", "vbperm vfmax vfmin vfnma vfnms vmsl vnn vnx voc"),
  facility(138, "configuration-z/Architecture-architectural-mode"),
  facility(148, "vector enhancements 2", `
    vlbr vlbrrep vlebrf vlebrg vlebrh vler vllebrz vsld vsrd vstbr vstebrf vstebrg vstebrh vster vstrs
  `),
  facility(152, "vector packed decimal enhancement 1", "vcvb vcvbg"),
];

const complete = (f: Facility): boolean =>
  f.tables.split(/\s+/).every((mnemonic) => mnemonic === "" || instructionNamed(mnemonic) !== undefined);

/**
 * The facility list, bit 0 first, in whole doublewords.
 * @param ofMachine bits that the devices behind the CPU bring (9 sense running status, 69-72 PCI and adapter
 * interruptions …)
 */
export function facilityList(ofMachine: readonly number[] = []): Uint8Array {
  const bits = [...facilities.filter(complete).map((f) => f.bit), ...ofMachine];
  const bytes = new Uint8Array((Math.max(...bits) >> 6) * 8 + 8);
  for (const bit of bits) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return bytes;
}
