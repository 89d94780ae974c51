module waybill.invalid/peers/tar

go 1.26

tool waybill.invalid/peers/tar/tar-cases
